"""Widgets: each is a thin shell around a controller, with a view that draws what the controller says."""
