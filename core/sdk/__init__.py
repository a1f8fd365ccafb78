"""Everything a plugin author imports: hook specifications, frozen message types, errors, conformance tests."""
