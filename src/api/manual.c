#include "api/manual.h"

#include "ledger/permit.h"

#include <string.h>

/* roff takes a point or an apostrophe at the start of a line, and every backslash, as its own. */
static void text_write(FILE *out, const char *text)
{
    if (*text == '.' || *text == '\'')
        (void)fputs("\\&", out);
    for (; *text; text++) {
        if (*text == '\\')
            (void)fputs("\\e", out);
        else if (*text == '-')
            (void)fputs("\\-", out);
        else
            (void)fputc(*text, out);
    }
}

static void line_write(FILE *out, const char *zh, const char *en)
{
    text_write(out, en ? en : "");
    (void)fputs(" / ", out);
    text_write(out, zh ? zh : "");
    (void)fputc('\n', out);
}

static void field_write(FILE *out, const struct field *field)
{
    (void)fputs(".IP \"\\fB", out);
    text_write(out, field->name);
    (void)fprintf(out, "\\fR%s\"\n", field->flags & FIELD_REQUIRED ? "" : " (optional)");
    line_write(out, field->zh, field->en);
    if (field->type != FIELD_ENUM)
        return;
    (void)fputs(".br\n", out);
    for (const struct choice *choice = field->choices; choice && choice->name; choice++) {
        (void)fputs(choice == field->choices ? "one of: " : ", ", out);
        text_write(out, choice->name);
    }
    (void)fputc('\n', out);
}

static bool names_hold(const char *const *names, const char *name)
{
    for (; names && *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

static void users_write(FILE *out, const struct roles *roles, const char *name, bool command)
{
    const char *before = "Roles / 角色: ";
    for (size_t index = 0; index < roles_count(roles); index++) {
        const struct role *role = roles_at(roles, index);
        if (names_hold(command ? role->commands : role->queries, name)) {
            (void)fputs(before, out);
            text_write(out, role->id);
            before = ", ";
        }
    }
    if (*before == ',')
        (void)fputs("\n", out);
}

static void entry_write(FILE *out, const char *name, const char *zh, const char *en,
                        const struct record *record)
{
    (void)fputs(".SS ", out);
    text_write(out, name);
    (void)fputc('\n', out);
    line_write(out, zh, en);
    for (size_t index = 0; record && index < record->field_count; index++)
        field_write(out, &record->fields[index]);
    (void)fputs(".PP\n", out);
}

static void example_write(FILE *out, const char *example)
{
    if (!example || !*example)
        return;
    (void)fputs("Example / 示例:\n.PP\n.EX\n", out);
    text_write(out, example);
    (void)fputs("\n.EE\n", out);
}

void manual_write(FILE *out, const struct catalogue *catalogue, const struct roles *roles)
{
    (void)fputs(".TH BIHUAN 7 \"\" \"bihuan " BIHUAN_VERSION "\"\n.SH NAME\n"
                "bihuan \\- commands and queries / 命令与查询\n.SH COMMANDS / 命令\n",
                out);
    for (const struct link *const *each = catalogue_links(catalogue); *each; each++) {
        for (const struct command *command = (*each)->commands; command && command->name;
             command++) {
            entry_write(out, command->name, command->zh, command->en, command->record);
            users_write(out, roles, command->name, true);
            example_write(out, command->example);
        }
    }
    (void)fputs(".SH QUERIES / 查询\n", out);
    for (const struct link *const *each = catalogue_links(catalogue); *each; each++) {
        for (const struct query *query = (*each)->queries; query && query->name; query++) {
            entry_write(out, query->name, query->zh, query->en, query->params);
            users_write(out, roles, query->name, false);
            example_write(out, query->example);
        }
    }
}

static void row_write(FILE *out, const struct roles *roles, const char *name, bool command)
{
    (void)fprintf(out, "%s,%s", command ? "command" : "query", name);
    for (size_t index = 0; index < roles_count(roles); index++) {
        const struct role *role = roles_at(roles, index);
        (void)fputs(names_hold(command ? role->commands : role->queries, name) ? ",x" : ",", out);
    }
    (void)fputs("\r\n", out);
}

void permissions_write(FILE *out, const struct catalogue *catalogue, const struct roles *roles)
{
    (void)fputs("kind,name", out);
    for (size_t index = 0; index < roles_count(roles); index++)
        (void)fprintf(out, ",%s", roles_at(roles, index)->id);
    (void)fputs("\r\n", out);
    for (const struct link *const *each = catalogue_links(catalogue); *each; each++) {
        for (const struct command *command = (*each)->commands; command && command->name; command++)
            row_write(out, roles, command->name, true);
        for (const struct query *query = (*each)->queries; query && query->name; query++)
            row_write(out, roles, query->name, false);
    }
}
