"""The line magics that open widgets: `%racto chat` and its like. Each reads its line, makes one widget, and shows it."""
