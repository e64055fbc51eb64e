# The page of `rmmsim draw --html` as a C string: page.html with its style and its program inside.
#   cmake -D SOURCE_DIR=... -D OUTPUT=... -P draw_page.cmake
file(READ "${SOURCE_DIR}/page.html" page)
foreach(part CSS JS)
  string(TOLOWER "page.${part}" file)
  file(READ "${SOURCE_DIR}/${file}" text)
  string(REPLACE "@${part}@" "${text}" page "${page}")
endforeach()
file(WRITE "${OUTPUT}.html" "${page}")
file(READ "${OUTPUT}.html" bytes HEX)
string(REGEX REPLACE "(................................................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE "${OUTPUT}" "extern const unsigned char draw_page[];\nconst unsigned char draw_page[] = {\n${bytes}0 };\n")
