"""What the bot reminds of: a rule is a row, an organisation tunes it, and it stops when the thing is done."""
