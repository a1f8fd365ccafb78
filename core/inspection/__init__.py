"""Intake checks: is this file what it says, sound, and safe to keep and to show?"""
