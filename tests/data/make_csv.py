#!/usr/bin/env python3
"""Write the hostile files of csv/, where <what>.<err_name> must fail with that
code, the real ones of csv-real/, and the fuzz corpus of the CSV reader."""
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "csv")
REAL = os.path.join(HERE, "..", "csv-real")
CORPUS = os.path.join(HERE, "..", "..", "fuzz", "corpus", "csv")

TABLE = "名称,类别,成员\r\n太极拳队,文体,28\r\n老姐妹服务队,公益,12\r\n".encode()
CHINESE = "名称,备注\n" + "知足弄社区的太极拳队,每周三上午在活动室练习\n" * 4

hostile = {
    "utf16-le.format": b"\xff\xfe" + "a,b\n1,2\n".encode("utf-16-le"),
    "utf16-be.format": b"\xfe\xff" + "a,b\n1,2\n".encode("utf-16-be"),
    "utf16-without-mark.format": "a,b\n1,2\n".encode("utf-16-le"),
    "utf32-le.format": b"\xff\xfe\0\0" + "a,b\n".encode("utf-32-le"),
    "utf32-be.format": b"\0\0\xfe\xff" + "a,b\n".encode("utf-32-be"),
    "workbook-xlsx.format": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
    "workbook-xls.format": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 24,
    "nul-in-cell.format": b"a,b\n1,x\0y\n",
    "nul-at-end.format": TABLE + b"\0",
    "empty.format": b"",
    "mark-only.format": b"\xef\xbb\xbf",
    "blank-lines-only.format": b"\r\n\n  \n\t\r\n",
    "separators-only.format": b",,,\n,,\n",
    "quote-not-closed.format": b'a,b\n1,2\n3,"four\n5,6\n',
    "quote-not-closed-in-header.format": b'a,"b\n1,2\n',
    "quote-not-closed-at-end.format": b'a,b\n1,"',
    "quote-in-bare-cell.format": b'a,b\n1,12" pipe\n',
    "text-after-quote.format": b'a,b\n1,"x"y\n',
    "two-quoted-parts.format": b'a,b\n1,"x" "y"\n',
    "stray-quote-after-newline-in-cell.format": b'a,b\n"1\n2\n3"4,5\n',
    "two-columns-of-one-name.format": b"name,kind,name\n1,2,3\n",
    "two-columns-of-one-name-but-spaces.format":
        b"name,\" name \"\n1,2\n",
    "neither-encoding.format": "名称\n".encode("gb18030") + b"ab\xff\n",
    "gb18030-cut-in-character.format": "名称,类别\n太极拳队,文体".encode("gb18030")[:-1],
    "gb18030-four-bytes-out-of-range.format": "名称\n".encode("gb18030") + b"\xfe\x39\xfe\x39\n",
    "gb18030-under-utf8-mark.format": b"\xef\xbb\xbf" + "名称,类别\n太极,文体\n".encode("gb18030"),
    "utf8-one-byte-damaged.format":
        CHINESE.encode().replace("太极".encode(), b"\xe5\xa4\xaa\xe6\x9e\xc1", 1),
    "utf8-cut-in-character.format": CHINESE.encode()[:-2],
    "utf8-overlong.format": CHINESE.encode() + b"x,\xc0\xaf\n",
    "utf8-surrogate.format": CHINESE.encode() + b"x,\xed\xa0\x80\n",
    "utf8-beyond-unicode.format": CHINESE.encode() + b"x,\xf4\x90\x80\x80\n",
    "latin1.format": "name,place\nJos\u00e9,M\u00fc\n".encode("latin-1"),
    "columns-201.too_large": b",".join(b"c%d" % i for i in range(201)) + b"\n",
    "row-of-201-cells.too_large": b"a,b\n" + b"x," * 200 + b"x\n",
}

rows = "名称,类别,说明\n太极拳队,文体,\"每周三\n上午\"\n老姐妹服务队,公益,\"称为\"\"老姐妹\"\"\"\n"
real = {
    "clubs-utf8-lf.csv": rows.encode(),
    "clubs-utf8-crlf.csv": rows.replace("\n", "\r\n").encode(),
    "clubs-utf8-cr.csv": rows.replace("\n", "\r").encode(),
    "clubs-utf8-mark.csv": b"\xef\xbb\xbf" + rows.replace("\n", "\r\n").encode(),
    "clubs-gb18030.csv": rows.replace("\n", "\r\n").encode("gb18030"),
    "clubs-gb18030-no-last-newline.csv": rows.rstrip("\n").encode("gb18030"),
    "clubs-semicolon.csv": rows.replace(",", ";").encode(),
    "clubs-tab.csv": rows.replace(",", "\t").encode(),
    "clubs-padded.csv":
        ("\n\n 名称 ,\u3000类别\u3000,\u00a0说明\n\n,,\n" + rows.split("\n", 1)[1] + "\n,,\n\n").encode(),
}

extra = {
    "lines": b'a,b\n\n1,"x\ny"\n\n2\n3,4,5\n',
    "formulas": b'a,b\n=1+1,-5\n@x,+7\n"\t=1",-a\n',
    "spaces": b'a,b\n"  x  ",  y  \n" ",""\n',
    "gb18030-rare": "名称\n㙎𠀀\n".encode("gb18030"),
    "separator-mix": b'a;b,c\td;e\n1;2,3;4\n',
}


def write(folder, files):
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as f:
            f.write(data)


write(HERE, hostile)
write(REAL, real)
write(CORPUS, extra)
write(CORPUS, hostile)
write(CORPUS, real)
print(len(hostile), "hostile,", len(real), "real")
