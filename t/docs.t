#!/usr/bin/perl

# Copyright (C) secmeet contributors

# What is written is what is there: the directives in README.md, the messages
# and codes in PROTOCOL.md, the sources in config.
#
# A directive in README.md is a heading with its name, and below it, as in
# nginx's own documentation:
#
#     Syntax:  secmeet_peers number;
#     Default: secmeet_peers 100;
#     Context: http, server, location

###############################################################################

use warnings;
use strict;

use Test::More;

use File::Basename qw/ dirname /;
use File::Find ();

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

chdir dirname(__FILE__) . '/..' or die "cannot chdir: $!\n";

my $module = 'ngx_secmeet_module';
my (%source, @files);

File::Find::find({
	no_chdir => 1,
	wanted => sub { push @files, $File::Find::name if /\.[ch]$/ }
}, $module);

$source{$_} = slurp($_) for @files;

my %sections;
my $protocol = slurp('PROTOCOL.md');

plan(tests => 12);

###############################################################################

# directives

my (%code, %readme);

for my $file (grep { /module\.c$/ } @files) {
	my $entry = qr/\{ ngx_string\("(\w+)"\),\s*((?:NGX_\w+[|\s]*)+),/;

	while ($source{$file} =~ /$entry/g) {
		my ($name, $flags) = ($1, $2);
		my @context;

		push @context, 'main' if $flags =~ /\bNGX_MAIN_CONF/;
		push @context, 'http' if $flags =~ /NGX_HTTP_MAIN_CONF/;
		push @context, 'stream' if $flags =~ /NGX_STREAM_MAIN_CONF/;
		push @context, 'server' if $flags =~ /NGX_\w+_SRV_CONF/;
		push @context, 'location' if $flags =~ /NGX_HTTP_LOC_CONF/;

		$code{$name} = "@context";
	}
}

for my $section (split /^(?=#+ )/m, slurp('README.md')) {
	next unless $section =~ /^#+ [`*]*(secmeet\w*)[`*]*\s*$/m;

	my $name = $1;
	my ($syntax) = $section =~ /^\W*syntax\W+(.*)$/im;
	my ($default) = $section =~ /^\W*default\W+(.*)$/im;
	my ($context) = $section =~ /^\W*context\W+(.*)$/im;

	$readme{$name} = 'incomplete';

	next unless defined $syntax && $syntax =~ /^[`*]*$name\b/
		&& $section =~ /^\W*default\b/im && defined $context;

	my %words = map { $_ => 1 } $context =~ /(\w+)/g;

	$readme{$name} = join ' ',
		grep { $words{$_} } qw/ main http stream server location /;
}

is(table(%readme), table(%code), 'directives and their contexts');

my ($conf) = join '', map { slurp($_) } glob 'conf/*.conf';
my %used = map { $_ => 1 } $conf =~ /\b(secmeet(?:_\w+)?)\s[^;\n]*;/g;

is(list(grep { !exists $code{$_} } keys %used), '',
	'conf/ uses no unknown directive');

###############################################################################

# messages

my $wire = join '', map { $source{$_} } grep { m{/wire/} } sort @files;
my $meeting = join '', map { $source{$_} } grep { m{/meeting/} } sort @files;

is(list($wire =~ /\{ NGX_SECMEET_MESSAGE_\w+,\s*"([\w-]+)"/g),
	list(rows('Client to server', qr/`([\w-]+) \{/),
		rows('Client to server, hosts only', qr/`([\w-]+) \{/)),
	'messages to the server');

is(list($meeting =~ /"type",\s*(?:json_string\()?"([\w-]+)"/g),
	list(rows('Server to client', qr/`([\w-]+) \{/)),
	'messages to the client');

my ($known) = slurp('html/protocol.js') =~ /^const MESSAGES = \{\n(.*?)^\};/ms;

is(list(($known // '') =~ /^    '?([\w-]+)'?:/mg),
	list(rows('Server to client', qr/`([\w-]+) \{/)),
	'messages that the page knows');

is(list("$wire$meeting" =~ /(?:
		_signal_error\(\w+,\s* | _declined\(message,\s*
		| _error\(\w+,\s* | _error_t\s+\w+\ =\ \{\s* | ->code\ =\s | \bcode\ =\s
	)"([\w-]+)"/gx),
	list(rows('Error codes', qr/^\| `([\w-]+)`/)), 'error codes');

my %closes = $source{"$module/wire/ngx_secmeet_ws.h"}
	=~ /^#define\s+(NGX_SECMEET_WS_\w+)\s+([14]0\d\d)\b/mg;

is(list(values %closes), list(rows('Close codes', qr/^\| (\d+)/)),
	'close codes');

my $used = join '', map { $source{$_} } grep { /\.c$/ } @files;

is(list(grep { $used !~ /\b$_\b/ } keys %closes), '',
	'every close code is used');

###############################################################################

# errors of HTTP

my %status = (
	NGX_HTTP_BAD_REQUEST => 400, NGX_HTTP_FORBIDDEN => 403,
	NGX_HTTP_NOT_FOUND => 404, NGX_HTTP_NOT_ALLOWED => 405,
	NGX_HTTP_CONFLICT => 409, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE => 413,
	NGX_HTTP_TOO_MANY_REQUESTS => 429, NGX_HTTP_SERVICE_UNAVAILABLE => 503,
);

my $http = join '', map { $source{$_} } grep { m{/http/} } sort @files;
my (@answers, @documented);

while ($http =~ /_answer_error\(r,\s*(\w+),\s*"([\w-]+)"/g) {
	push @answers, ($status{$1} // $1) . " $2";
}

for my $row (split /\n/, section('HTTP')) {
	push @documented, "$1 $2" if $row =~ /^\| (\d+) \| `([\w-]+)`/;
}

is(list(@answers), list(@documented), 'errors of HTTP');

###############################################################################

# what is said of privacy

my ($rows, @untested, @missing) = (0);

for my $row (grep { /^\| (?!---|what \||who \|)/ }
	split /\n/, slurp('PRIVACY.md'))
{
	my ($tests) = $row =~ /\|([^|]*)\|$/;
	my @named = $tests =~ /`([^`]+)`/g;

	$rows++;
	push @untested, $row unless @named || $row =~ /the media as well/;
	push @missing, grep { !-e } @named;
}

ok($rows > 20 && !@untested, 'each line of PRIVACY.md names its test')
	or diag(explain(\@untested));
is(list(@missing), '', 'and there is such a test');

# config

my $config = slurp('config');
my @named = map { "$module/$_" }
	$config =~ m{\$ngx_secmeet_dir/(\S+\.[ch])\b}g;

is(list(@named), list(@files), 'config names all sources');

###############################################################################

sub slurp {
	my ($path) = @_;

	open my $fh, '<', $path or return '';
	local $/;

	return <$fh> // '';
}

# a section of PROTOCOL.md, and what the expression captures of the first
# column of its tables

sub section {
	my ($title) = @_;

	%sections = map { /^#+ (.*)\n/ ? ($1 => $_) : () }
		split /^(?=#+ )/m, $protocol unless %sections;

	return $sections{$title} // '';
}

sub rows {
	my ($title, $re) = @_;

	return map { /^(\|[^|]*\|)/ ? $1 =~ /$re/g : () }
		split /\n/, section($title);
}

sub list {
	my %seen = map { $_ => 1 } @_;
	return join "\n", sort keys %seen;
}

sub table {
	my (%table) = @_;
	return join "\n", map { "$_: $table{$_}" } sort keys %table;
}

###############################################################################
