"""A policy as a picture: gateways as doors, what closes them, what they ask for; drawn, or written for other tools to draw."""
