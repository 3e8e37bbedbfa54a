"""Sound and pictures: uploads checked by their content, read by signed links that end soon."""
