"""The execution of disposal acts: started by two, driven by a job, proved version by version."""
