"""The order machine: 群众点单 – 支部派单 – 党员接单."""
