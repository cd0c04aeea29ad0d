"""Reading a file of rows that somebody uploaded, whatever it is: in a stream, within bounds, and with a clear word when
it cannot be read. Pure: no database and no request; tested by tables of files."""
