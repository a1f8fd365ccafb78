"""Study periods, subjects, and who studies or teaches in which group."""
