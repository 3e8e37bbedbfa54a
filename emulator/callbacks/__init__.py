"""What the platform says to the app's own server: signed, enveloped, tried again."""
