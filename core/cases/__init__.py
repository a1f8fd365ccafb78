"""Cases («дела»): what documents are filed into, how long each is kept and why, and holds that suspend destruction."""
