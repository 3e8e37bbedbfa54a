"""Service centres and other places where people come to: each with a code on its wall."""
