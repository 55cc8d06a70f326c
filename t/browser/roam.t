#!/usr/bin/perl

# Copyright (C) secmeet contributors

# Somebody in a meeting moves to another network: the client's end of a link
# between two network namespaces has another address, so root runs it.

###############################################################################

use warnings;
use strict;

use Test::More;

BEGIN {
	use FindBin;
	use lib "$FindBin::Bin/../lib";
	require Test::Secmeet::Link;
	Test::Secmeet::Link->alone();
	chdir("$FindBin::Bin/..");
}

use JSON::PP ();

use Test::Secmeet;
use Test::Secmeet::Browser qw/ page_config /;

###############################################################################

select STDERR; $| = 1;
select STDOUT; $| = 1;

my $missing = Test::Secmeet::Browser->missing();
plan(skip_all => $missing) if $missing;
plan(skip_all => 'namespaces are not allowed, or no build/link/tun')
	unless Test::Secmeet::Link->alone();

my ($server, $client) = qw/ 10.9.0.1 10.9.0.2 /;

my $t = Test::Secmeet->new()->plan();
my $dir = $t->testdir();

system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
	. "-nodes -days 3 -subj /CN=$server -keyout $dir/key.pem "
	. "-out $dir/cert.pem > $dir/openssl.txt 2>&1") == 0
	or $t->skip_all('no openssl');

my $link = Test::Secmeet::Link->tun($server, $client);
my $config = page_config();

$config =~ s/127\.0\.0\.1:/$server:/g;
$config =~ s{(listen $server:%%PORT_8080%%);}{$1 ssl;
        ssl_certificate %%TESTDIR%%/cert.pem;
        ssl_certificate_key %%TESTDIR%%/key.pem;};

$t->write_file_expand('nginx.conf', $config)->run();

my @places = map { "10.9.0.$_" } 3 .. 6;

meet(0, splice @places, 0, 2);
meet(1, @places);

###############################################################################

# the script runs where Firefox is, which is who moves

sub meet {
	my ($behind, @addresses) = @_;

	my @inside = $link->inside();
	my @here = ('nsenter', '-t', $$, '-n', '--');

	Test::Secmeet::Browser->new()->run('roam.mjs',
		"https://$server:" . $t->port(8080) . '/meet/',
		within => $behind ? \@inside : [],
		args => [ JSON::PP->new->canonical->encode({
			addresses => \@addresses,
			away => $behind ? \@here : \@inside,
			behind => $behind ? JSON::PP::true() : JSON::PP::false(),
		}) ],
		please => { 'move' => sub { $link->move($_[0]) } });

	return;
}

###############################################################################
