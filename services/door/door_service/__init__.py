"""The way in over HTTP for partners: takes events, and tells what became of them."""
