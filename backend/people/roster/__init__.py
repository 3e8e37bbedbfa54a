"""The roster as a file: read, checked to the last cell, taken in whole or not at all, written out again."""
