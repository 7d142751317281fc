"""Mood boards: what a team gathers, decides and hands on, with every photographer's credit."""
