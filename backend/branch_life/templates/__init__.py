"""Model activities (样板) that branches copy: 「党员开会了」."""
