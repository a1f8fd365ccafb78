"""Search: by name, number and text, with Russian word forms, ё/е, look-alike letters and typing errors."""
