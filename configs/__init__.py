"""Every parameter, as Hydra groups; shipped with the package."""
