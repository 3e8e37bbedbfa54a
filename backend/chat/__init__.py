"""The official account's chat: a menu and a few words, answered with links into the mini program."""
