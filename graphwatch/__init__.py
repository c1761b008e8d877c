"""graphwatch: finds pile-ons, traces them, attributes them and warns."""
