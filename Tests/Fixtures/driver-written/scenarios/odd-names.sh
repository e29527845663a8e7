# flash: 512 KiB in blocks of 16 KiB
# Every kind of name that a file system of bytes allows.
long=$(head -c 254 /dev/zero | tr '\0' L)
echo long > "$long"
mkdir "$(head -c 254 /dev/zero | tr '\0' D)"
echo 1 > ' leading space'
echo 2 > 'trailing space '
echo 3 > "$(printf 'two\nlines')"
echo 4 > "$(printf 'latin-1 \344\366\374')"
echo 5 > "$(printf '\001\002\177')"
echo 6 > "$(printf '\360\237\223\267 camera')"
echo 7 > ...
echo 8 > -n
echo 9 > 'a"b\c'"'d"
echo 10 > '*'
echo 11 > "$(printf 'decomposed e\314\201')"
echo 12 > "$(printf 'composed \303\251')"
echo 13 > "$(printf '\300\200 not UTF-8')"
d=.
for i in $(seq 1 30); do d=$d/level$i; mkdir $d; done
echo bottom > $d/bottom
ln -s "$(printf 'a\nb')" 'link to two lines'
ln -s /absolute/and/dangling absolute
ln -s "$(head -c 250 /dev/zero | tr '\0' t)" long-target
ln -s ../../.. above
