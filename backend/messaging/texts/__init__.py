"""Every sentence that leaves the house, in Chinese: facts in, text out, nothing looked up."""
