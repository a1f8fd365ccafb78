"""The nomenclature («номенклатура дел»): one a year, in immutable versions; it decides how long records live."""
