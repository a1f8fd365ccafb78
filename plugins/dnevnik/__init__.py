"""Dnevnik.ru: classes, learners, marks and final marks of a school, read through the platform's API."""
