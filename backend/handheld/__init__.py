"""The client that residents, members and secretaries hold in their hands, as built by `miniprogram/`."""
