"""Party membership dues (党费): what the brackets ask for and which months are paid. No money passes through here."""
