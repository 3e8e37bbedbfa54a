"""Content packs (学习礼包): what branches study in a month, with items of every layer in one pack."""
