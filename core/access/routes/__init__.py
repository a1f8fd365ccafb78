"""Routes of access: session, tokens, users, institutions."""
