"""Sound, pictures and documents: uploads checked by their content, read by signed links that end soon."""
