// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IKustodiaEscrow} from "../src/IKustodiaEscrow.sol";
import {KustodiaEscrow} from "../src/KustodiaEscrow.sol";
import {EscrowTest, vm} from "./support/EscrowTest.sol";
import {RELEASE} from "./support/approval.sol";

/// @notice Who is paid is fixed when an escrow is funded; another takes the admin's word and that of an approver of then.
contract KustodiaEscrowRedirectTest is EscrowTest {
    address private constant NEXT = address(0x2E87);
    address private constant THIEF = address(0x7413F);
    uint256 private constant THIEFS_APPROVER_KEY = 0x7A;

    function test_redirect_needsNoWaitForTheScheduledAddress() public {
        uint256 id = create();
        uint256 other = create(OTHER_REF);
        schedule(NEXT);
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
        vm.assertEq(escrow.getEscrow(other).payee, SETTLEMENT, "the other's");
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        escrow.release(id);
        escrow.release(other);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "the new one has it");
        vm.assertEq(token.balanceOf(SETTLEMENT), AMOUNT, "the old one has the other");
    }

    function test_redirect_takesTheAddressInForce() public {
        uint256 id = create();
        setSettlement(NEXT);
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    function test_redirect_reachesADisputedEscrow() public {
        uint256 id = disputed();
        schedule(NEXT);
        redirect(id, NEXT);
        assertStatus(id, IKustodiaEscrow.Status.Disputed);
        vm.warp(DEADLINE);
        vm.prank(BRIDGE);
        escrow.resolveDispute(id, false);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "paid");
    }

    function test_redirect_passesOverWhatIsNotOpen() public {
        uint256[] memory ids = new uint256[](4);
        (ids[0], ids[1]) = (create(), create(keccak256("to be cancelled")));
        vm.warp(DEADLINE);
        vm.startPrank(BRIDGE);
        escrow.release(ids[0]);
        escrow.cancel(ids[1]);
        vm.stopPrank();
        (ids[2], ids[3]) = (1_000, create(OTHER_REF));
        schedule(NEXT);
        vm.recordLogs();
        vm.prank(APPROVER);
        escrow.redirect(ids, NEXT);
        vm.assertEq(vm.getRecordedLogs().length, 1, "events");
        vm.assertEq(escrow.getEscrow(ids[0]).payee, SETTLEMENT, "released");
        vm.assertEq(escrow.getEscrow(ids[1]).payee, SETTLEMENT, "cancelled");
        vm.assertEq(escrow.getEscrow(ids[3]).payee, NEXT, "open");
    }

    function test_redirect_refusesAnAddressThatTheAdminHasNotNamed() public {
        uint256 id = create();
        schedule(STRANGER);
        schedule(SETTLEMENT);
        expectNotNamed(STRANGER);
        redirect(id, STRANGER);
        schedule(NEXT);
        // Below both, between the two, above both.
        address[3] memory others = [STRANGER, address(0x3000), address(0xFFFF)];
        for (uint256 i; i < 3; ++i) {
            expectNotNamed(others[i]);
            redirect(id, others[i]);
        }

        KustodiaEscrow fresh = new KustodiaEscrow(ADMIN, ADMIN_DELAY, BRIDGE, address(token));
        vm.prank(ADMIN);
        fresh.grantRole(APPROVER_ROLE, APPROVER);
        expectNotNamed(address(0));
        vm.prank(APPROVER);
        fresh.redirect(one(1), address(0));
    }

    function test_redirect_refusesAnApproverThatIsYoungerThanTheEscrow() public {
        uint256 id = create();
        schedule(NEXT);
        vm.prank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, STRANGER);
        uint256 younger = create(OTHER_REF);
        vm.assertEq(escrow.approverAfter(STRANGER), id, "after which");
        vm.startPrank(STRANGER);
        expectTooNew(id, STRANGER);
        escrow.redirect(one(id), NEXT);
        escrow.redirect(one(younger), NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, SETTLEMENT, "the older one's payee");
        vm.assertEq(escrow.getEscrow(younger).payee, NEXT, "the younger one's payee");
    }

    function test_redirect_countsARoleThatWasTakenAndGivenAnew() public {
        uint256 id = create();
        schedule(NEXT);
        vm.startPrank(ADMIN);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.assertEq(escrow.approverAfter(APPROVER), 0, "a grant of what it has changes nothing");
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(APPROVER_ROLE, APPROVER);
        vm.stopPrank();
        expectTooNew(id, APPROVER);
        redirect(id, NEXT);
    }

    function test_redirect_takesAsManyAsTheLimit() public {
        uint256[] memory ids = new uint256[](escrow.MAX_BATCH());
        for (uint256 i; i < ids.length; ++i) {
            ids[i] = create(bytes32(i + 1));
        }
        schedule(NEXT);
        vm.prank(APPROVER);
        escrow.redirect(ids, NEXT);
        vm.assertEq(escrow.getEscrow(ids[ids.length - 1]).payee, NEXT, "the last one's payee");
    }

    function test_redirect_refusesNoneAndMoreThanTheLimit() public {
        uint256 limit = escrow.MAX_BATCH();
        vm.startPrank(APPROVER);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, 0));
        escrow.redirect(new uint256[](0), SETTLEMENT);
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.BatchOutOfRange.selector, limit + 1));
        escrow.redirect(new uint256[](limit + 1), SETTLEMENT);
    }

    function testFuzz_redirect_refusesWhoeverIsNoApprover(address caller) public {
        vm.assume(caller != APPROVER);
        uint256 id = create();
        expectMissingRole(caller, APPROVER_ROLE);
        vm.prank(caller);
        escrow.redirect(one(id), SETTLEMENT);
    }

    function test_redirect_isPossibleWhilePaused() public {
        uint256 id = create();
        schedule(NEXT);
        vm.prank(ADMIN);
        escrow.pause();
        redirect(id, NEXT);
        vm.assertEq(escrow.getEscrow(id).payee, NEXT, "payee");
    }

    /// @dev All that the key of the admin can do at once, and all that it can do after any delay.
    function test_aThiefOfTheAdminsKey_getsNothingThatIsInCustody() public {
        uint256 id = create();
        uint256 late = create(OTHER_REF);
        vm.startPrank(ADMIN);
        escrow.scheduleSettlement(THIEF);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.revokeRole(APPROVER_ROLE, APPROVER);
        escrow.grantRole(BRIDGE_ROLE, THIEF);
        escrow.grantRole(APPROVER_ROLE, vm.addr(THIEFS_APPROVER_KEY));
        vm.warp(DEADLINE + ADMIN_DELAY);
        escrow.applySettlement();
        vm.stopPrank();

        expectTooNew(id, vm.addr(THIEFS_APPROVER_KEY));
        vm.prank(vm.addr(THIEFS_APPROVER_KEY));
        escrow.redirect(one(id), THIEF);
        uint64 expiry = uint64(block.timestamp);
        bytes memory signature = approve(RELEASE, id, expiry, THIEFS_APPROVER_KEY);
        vm.startPrank(THIEF);
        escrow.releaseEarly(id, vm.addr(THIEFS_APPROVER_KEY), expiry, signature);
        escrow.release(late);
        vm.assertEq(token.balanceOf(THIEF), 0, "the thief's");
        assertMoney(0, 2 * AMOUNT);
    }

    function test_aThiefOfThePayeesKey_getsNothingThatWasRedirected() public {
        setSettlement(BRIDGE);
        vm.warp(START);
        uint256 id = create();
        vm.startPrank(ADMIN);
        escrow.revokeRole(BRIDGE_ROLE, BRIDGE);
        escrow.scheduleSettlement(NEXT);
        vm.stopPrank();
        redirect(id, NEXT);
        vm.warp(DEADLINE + 30 days);
        vm.prank(BRIDGE);
        escrow.release(id);
        vm.assertEq(token.balanceOf(NEXT), AMOUNT, "not the thief's");
    }

    function schedule(address payee) private {
        vm.prank(ADMIN);
        escrow.scheduleSettlement(payee);
    }

    function redirect(uint256 id, address payee) private {
        vm.prank(APPROVER);
        escrow.redirect(one(id), payee);
    }

    function one(uint256 id) private pure returns (uint256[] memory ids) {
        ids = new uint256[](1);
        ids[0] = id;
    }

    function expectNotNamed(address payee) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.PayeeNotNamed.selector, payee));
    }

    function expectTooNew(uint256 id, address approver) private {
        vm.expectRevert(abi.encodeWithSelector(IKustodiaEscrow.ApproverTooNew.selector, id, approver));
    }
}
