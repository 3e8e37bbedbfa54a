"""Surveys of training needs."""
