"""The demonstration: invented people, their scanned documents, and a play of the main job over HTTP."""
