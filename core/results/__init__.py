"""Results of learning: the institution's taxonomy, marks, final results, attendance, and who may enter and confirm."""
