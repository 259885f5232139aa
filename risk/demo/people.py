"""People who do not exist. Pure: the same random numbers give the same people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from random import Random

from stdnum.cn import ric

from accounts.customers.facts import Profile

SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢"
GIVEN = "文思雨嘉子若一晓云清明远安宁书言知乐可心怡然佳欣梓涵宇轩浩博瑞泽承景行之舟禾苗青松柏竹"
COUNTIES = (
    "110105", "120103", "310104", "330106", "350203", "370202", "410105", "420106", "430104",
    "440305", "510104", "610113",
)  # fmt: skip
BRANCHES = {"HZ": "云溪市", "SH": "临江市", "GZ": "南屏市", "CD": "锦川市", "BJ": "北原市"}
BRANCH_WEIGHTS = (30, 26, 20, 8, 16)
DISTRICTS = ("青禾区", "松风区", "晚亭区", "白鹭区", "东篱区")
STREETS = ("梧桐路", "望川街", "听雨巷", "向阳大道", "旧书院路", "长桥街")
EMPLOYERS = ("示例纺织厂", "示例物流公司", "示例小学", "示例医院", "示例软件公司", "示例餐饮店")
EMPLOYMENT = ("employed", "self_employed", "student", "retired", "unemployed", "unknown")
EMPLOYMENT_WEIGHTS = (66, 18, 4, 4, 3, 5)
NO_MAIL_SHARE = 0.04


@dataclass(slots=True)
class People:
    """Invents one person after another; nobody shares an identity number or a phone."""

    random: Random
    today: dt.date
    used_numbers: set[str] = field(default_factory=set)
    used_phones: set[int] = field(default_factory=set)
    count: int = 0

    def next(self, *, reference: str = "", legal_name: str = "") -> tuple[str, Profile]:
        """(reference, profile). The branch in a reference is drawn by lot."""
        self.count += 1
        branch = self.random.choices(tuple(BRANCHES), BRANCH_WEIGHTS)[0]
        town = BRANCHES[branch]
        id_number = self._id_number()
        employment = self.random.choices(EMPLOYMENT, EMPLOYMENT_WEIGHTS)[0]
        has_job = employment in ("employed", "self_employed")
        name = self._name()
        address = self._address(town)
        employer = self.random.choice(EMPLOYERS)
        has_mail = self.random.random() >= NO_MAIL_SHARE
        profile = Profile(
            legal_name=legal_name or name,
            id_number=id_number,
            phone=self.phone(),
            email=f"c{self.count:05d}@example.com" if has_mail or legal_name else None,
            address=address,
            employer=employer if has_job else None,
            employment_status=employment,
            language="zh-hans" if self.random.random() < 0.95 else "en",
        )
        return reference or f"{branch}-{self.count:06d}", profile

    def phone(self) -> str:
        """A number nobody has: mobile numbers begin with 13 to 19."""
        tail = self.random.randrange(10**4) * 10**4 + self.count
        while tail in self.used_phones:
            tail += 1
        self.used_phones.add(tail)
        return f"126{tail % 10**8:08d}"

    def _name(self) -> str:
        length = self.random.choice((1, 2, 2, 2))
        given = "".join(self.random.choice(GIVEN) for _ in range(length))
        return self.random.choice(SURNAMES) + given

    def _id_number(self) -> str:
        while True:
            years = min(max(self.random.gauss(36, 10), 19), 66)
            born = self.today - dt.timedelta(days=round(years * 365.25))
            head = f"{self.random.choice(COUNTIES)}{born:%Y%m%d}000"
            number = head + ric.calc_check_digit(head + "0")
            if number not in self.used_numbers:
                self.used_numbers.add(number)
                return number

    def _address(self, town: str) -> str:
        district, street = self.random.choice(DISTRICTS), self.random.choice(STREETS)
        house, flat = self.random.randrange(1, 300), self.random.randrange(101, 2400)
        return f"{town}{district}{street}{house}号{flat}室"
