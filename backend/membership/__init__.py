"""What makes an account a member, and where a member lives his organisational life."""
