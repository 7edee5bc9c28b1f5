"""Digital seals on a PDF: who may make them, how they are made, how they are checked."""
