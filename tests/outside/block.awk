# Print a sample of a page: block.awk -v heading="CMake package" -v language=sh [-v nth=2] PAGE
# The nth block of a language below a heading of the second level. Fails if there is none.
BEGIN { nth = nth ? nth : 1 }
/^```/ && inside { inside = 0; next }
inside { print; next }
/^## / { here = $0 == "## " heading }
here && $0 == "```" language && --nth == 0 { inside = 1; found = 1 }
END { exit !found }
