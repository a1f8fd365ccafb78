"""Table files of strangers (XLSX, XLS, HTML called XLS, CSV) as rows of text, read in a child process."""
