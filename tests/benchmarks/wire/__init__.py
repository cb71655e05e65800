"""Parts of the benchmark of the client: who answers, who asks, and how it is measured."""
