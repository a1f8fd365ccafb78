"""Moodle: courses, people, grades, submissions and awards of a site, through its web services."""
