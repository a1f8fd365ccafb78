"""Disposal acts («акт о выделении к уничтожению»): selection, lines, review, approval, waiting."""
