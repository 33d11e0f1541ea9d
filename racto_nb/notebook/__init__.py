"""The Jupyter row: magics, displays and, later, widgets. The only place that knows IPython."""
