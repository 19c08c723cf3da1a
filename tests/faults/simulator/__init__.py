"""A deterministic simulator: the real steps and adapters over moto, one seed deciding who goes on and what goes wrong."""
