"""Charts as pictures: a figure, as Plotly's JSON has it, becomes an SVG, the same for the same figure. No browser, no library."""
