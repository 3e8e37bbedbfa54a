"""One member added to a roster or corrected on it, by the checks of the roster import."""
