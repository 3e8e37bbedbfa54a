"""Where members away from home went: counted by province and city, drawn on a map that the organisation brings."""
