"""What a site in several languages needs: ways between pages, search, glossary, publishing."""
