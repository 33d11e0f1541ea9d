"""What widgets do, without a widget: states, events, and what is to be done about them. Pure: no page, no kernel, no clock.

Each controller is a room with a frozen state, `update(state, event) -> (state, wishes)`, `view(state)`, the parts a page is sent,
and `twin(state)`, what stands in a saved notebook where no kernel runs. A wish is what the widget has to do: ask a model, read a
file. What comes of it is told to `update` as one more event.
"""
