"""Products, not rows: what belongs together is found, folded without loss, and left alone where that is not certain."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.catalog import Profile
from bot.domain.catalog_lists import split_values
from bot.ingest.read import read_table
from bot.ingest.table import ReadOptions, Table

SHOPIFY = """Handle,Title,Vendor,Option1 Value,Variant Price,Image Src
lamp,Lamp,Acme,Small,9.50,a.jpg
lamp,,,Large,12.00,b.jpg
lamp,,,,,c.jpg
desk,Desk,Acme,Oak,99.00,d.jpg
"""
WOO = """ID,Type,SKU,Name,Regular price,Parent,Attribute 1 value(s)
1,variable,tee,Tee,,,"Blue, Red"
2,simple,cap,Cap,8,,
3,variation,tee-b,Tee - Blue,20,tee,Blue
4,variation,tee-r,Tee - Red,25,id:1,Red
"""
MAGENTO = """sku,store_view_code,product_type,name,price,additional_attributes,configurable_variations
H-S,,simple,Hoodie-S,50,size=S,
H-M,,simple,Hoodie-M,50,size=M,
H,,configurable,Hoodie,,climate=Cool,"sku=H-S,size=S|sku=H-M,size=M"
H,de,configurable,Kapuzenpulli,,,
CAP,,simple,Cap,8,,
"""
OLD_MAGENTO = """sku,_store,_attribute_set,_type,name,_category
lamp,,Default,simple,Lamp,Home
,,,,,Sale
desk,,Default,simple,Desk,Home
"""
VENDURE = "name,slug,optionGroups,optionValues,sku\nLaptop,laptop,RAM,8GB,L8\n,,,16GB,L16\nMouse,mouse,,,M1\n"
FEED = "id,title,item_group_id,color\n1,Tee,g1,red\n2,Cap,,black\n3,Tee,g1,blue\n"
WHOLE = {"Shopify": SHOPIFY, "WooCommerce": WOO, "Magento": MAGENTO, "Vendure": VENDURE, "product feed": FEED}


def folded(text: str, key: str | None = None) -> Table:
    return read_table(text.encode(), options=ReadOptions(fold=True, product_key=key))


def rows_of(table: Table) -> list[dict[str, str]]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def unfolded(text: str) -> Profile:
    return read_table(text.encode()).profile


def test_a_shopify_product_inherits_and_gathers() -> None:
    lamp, desk = rows_of(table := folded(SHOPIFY))

    assert (lamp["Title"], lamp["Vendor"]) == ("Lamp", "Acme")
    assert (lamp["Option1 Value"], lamp["Variant Price"]) == ("Small, Large", "9.50, 12.00")
    assert (desk["Option1 Value"], desk["Image Src"]) == ("Oak", "d.jpg")
    assert table.profile.splits() == {"Option1 Value": ", ", "Variant Price": ", ", "Image Src": ", "}
    assert table.profile.default_splits() == {}


def test_the_count_of_rows_is_kept_beside_the_count_of_products() -> None:
    for platform, text in WHOLE.items():
        before, after = unfolded(text), folded(text).profile

        assert before.folding is not None and not before.folding.done and before.folding.certain, platform
        assert before.folding.platform == after.folding.platform == platform  # type: ignore[union-attr]
        assert before.rows == after.rows == before.products
        assert after.products == before.as_dict()["products"] == len(folded(text).rows) < after.rows
        assert after.as_dict()["product_key"] == before.as_dict()["product_key"]


def test_a_woocommerce_parent_speaks_for_its_variations() -> None:
    tee, cap = rows_of(folded(WOO))

    assert (tee["Name"], tee["SKU"], tee["Attribute 1 value(s)"]) == ("Tee", "tee", "Blue, Red")
    assert tee["Regular price"] == "20, 25" and cap["Regular price"] == "8"


def test_a_magento_product_takes_in_its_variants_and_its_other_languages() -> None:
    hoodie, cap = rows_of(folded(MAGENTO))

    assert (hoodie["name"], hoodie["sku"], hoodie["price"]) == ("Hoodie", "H", "50") and cap["name"] == "Cap"


def test_blank_keys_continue_the_product_above() -> None:
    lamp, desk = rows_of(folded(OLD_MAGENTO))

    assert (lamp["name"], lamp["_category"], desk["_category"]) == ("Lamp", "Home, Sale", "Home")


def test_a_group_id_of_a_feed_gathers_rows_wherever_they_stand() -> None:
    tee, cap = rows_of(folded(FEED))

    assert (tee["color"], cap["color"]) == ("red, blue", "black")


def test_columns_that_only_the_first_row_of_a_key_fills_are_enough() -> None:
    text = "ref,maker,name,size\na,Acme,Lamp,S\na,,,M\nb,Acme,Desk,S\nb,,,L\n"

    assert unfolded(text).folding.certain  # type: ignore[union-attr]
    assert [row["size"] for row in rows_of(folded(text))] == ["S, M", "S, L"]


def test_a_repeated_id_with_one_name_is_offered_and_not_done() -> None:
    text = "code,name,date,price\n7,Lamp,2021,9\n7,Lamp,2022,10\n8,Desk,2021,99\n8,Desk,2022,98\n"
    table = folded(text)

    assert len(table.rows) == 4 and table.profile.as_dict()["product_key"] is None
    assert table.profile.folding is not None and not table.profile.folding.certain
    assert [row["price"] for row in rows_of(folded(text, "code"))] == ["9, 10", "99, 98"]


def test_a_sorted_category_and_gaps_in_names_are_no_products() -> None:
    sorted_by_type = "name,type\nLamp,light\nBulb,light\nDesk,table\nBench,table\n"
    with_gaps = "name,type,price\nLamp,light,1\n,light,2\nDesk,table,3\n,,4\n"

    assert unfolded(sorted_by_type).folding is None
    assert unfolded(with_gaps).folding is None or not unfolded(with_gaps).folding.certain  # type: ignore[union-attr]


def test_an_id_whose_names_differ_and_a_name_that_is_blank_beside_one_gap_are_not_certain() -> None:
    an_order = "order no,name,pieces\n7,Lamp,1\n7,Desk,2\n8,Lamp,1\n8,Bed,3\n"
    one_gap = "name,maker,stock\nLamp,Acme,1\n,,2\nDesk,Acme,3\n,,4\n"

    assert unfolded(an_order).folding is None
    offered = unfolded(one_gap).folding
    assert offered is not None and not offered.certain and offered.key == "name"


def test_values_with_commas_are_set_apart_otherwise() -> None:
    text = "ref;maker;name;weight\na;Acme;Lamp;1,5\na;;;2,5\nb;Acme;Desk;3\nb;;;4\n"

    assert [row["weight"] for row in rows_of(folded(text))] == ["1,5; 2,5", "3; 4"]


def test_every_row_stays_a_product_where_a_person_says_so() -> None:
    table = folded(SHOPIFY, key="")

    assert len(table.rows) == 4 and table.profile.folding is None


def test_a_chosen_column_that_is_gone_counts_as_no_choice() -> None:
    assert len(folded(SHOPIFY, key="Style").rows) == 2


VALUE = st.text(st.sampled_from("ab1,;|/¦(){}[]\"' "), min_size=1, max_size=6).map(str.strip).filter(bool)


@settings(max_examples=80, deadline=None)
@given(groups=st.lists(st.lists(VALUE, min_size=1, max_size=4), min_size=1, max_size=5))
def test_gathered_values_come_apart_again_whatever_they_hold(groups: list[list[str]]) -> None:
    lines = ["key,value"]
    for at, values in enumerate(groups):
        lines += ['k{},"{}"'.format(at, value.replace('"', '""')) for value in values]
    table = read_table("\n".join([*lines, "z,end", ""]).encode(), options=ReadOptions(product_key="key"))
    folding, separator = table.profile.folding, table.profile.column("value").multi_value

    gathered = folding is not None and folding.collected == ("value",)
    for values, cell in zip(groups, table.column("value"), strict=False):
        apart = split_values(cell, separator) if gathered and separator else [cell]
        assert apart == list(dict.fromkeys(values))
