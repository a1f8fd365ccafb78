"""Who may do what: accounts, roles, sign-in, sessions, tokens of programs."""
