"""What is to be said to whom: outbox, inbox, grants, group chats, rules and every sentence in Chinese."""
